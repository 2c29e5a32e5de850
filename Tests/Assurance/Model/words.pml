/* The words of the model, numbered. The states have the numbers that logs keep. */

#define unknown   0
#define deciding  1
#define reserved  2
#define confirmed 3
#define cancelled 4

/* What a step says: bits, so that a byte is a set of them. Forward, back, and to the outside. */
#define reserve  1
#define abandon  2
#define confirm  4
#define cancel   8
#define ask      16
#define stop     32

/* Moves, `Move` in Swift; makeFinal and giveBack are .confirm and .cancel there. */
#define perform           0
#define bury              1
#define askToStop         2
#define abandonNext       3
#define makeFinal         4
#define giveBack          5
#define answer            6
#define ignore            7
#define quarantineUnasked 8
#define quarantineDenial  9

/* How the participant answers a step that is to be done. */
#define agree  0
#define refuse 1
#define later  2

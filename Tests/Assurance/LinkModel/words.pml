/* The words of the model, numbered. The states have the numbers that logs keep. */

#define unknown   0
#define deciding  1
#define reserved  2
#define confirmed 3
#define cancelled 4

/* Entries that a step's node writes for its neighbour. `reserved` of step k is Reserve(k + 1), and
   so on: the entry is the message. */
#define reserve  1
#define abandon  2
#define confirm  4
#define cancel   8
#define fork     16     /* a new timeline begins here, after an accepted loss */
#define accepted 32     /* the neighbour accepts it */
#define again    64     /* with reserve: said before, said once more because of a new timeline */

/* Not an entry: the step's deadline passes, by its node's clock. */
#define deadline 128

/* Moves. */
#define perform           0
#define askToStop         1
#define abandonNext       2
#define makeFinal         3
#define giveBack          4
#define repeat            5
#define ignore            6
#define quarantineUnasked 7
#define quarantineDenial  8

/* How the participant answers a step that is to be done. */
#define agree  0
#define refuse 1
#define later  2

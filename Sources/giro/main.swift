print("giro")

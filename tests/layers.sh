# The direction of the house: no layer includes one above it, and runtime/ makes no system call.
exec tools/layers

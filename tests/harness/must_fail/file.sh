# file.out beside this has another second line.
echo first
echo second

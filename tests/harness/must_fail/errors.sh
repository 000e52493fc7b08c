# errors.err beside this says what standard error is to hold.
echo 'something went wrong' >&2

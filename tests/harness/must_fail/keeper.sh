# It kills its keeper, and leaves a process that is nobody's then.
setsid sleep 10737 &
kill -KILL $PPID
wait

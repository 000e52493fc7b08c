# It leaves its process group, its session, its environment, its parent and its standard output.
setsid env -i sh -c '(sleep 10737 &)' >/dev/null 2>&1 </dev/null

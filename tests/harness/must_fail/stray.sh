sleep 10737 &

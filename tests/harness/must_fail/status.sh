echo fine
exit 4

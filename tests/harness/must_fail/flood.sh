exec yes 'more and more'

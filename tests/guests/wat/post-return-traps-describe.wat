;; Well-behaved when it describes itself, and gives up when it is to clean up after that.
(func $describe_post (param i32)
    (unreachable))

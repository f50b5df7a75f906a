;; Well-behaved when it decides, and gives up when it is to clean up after that.
(func $decide_post (param i32)
    (unreachable))

;; Well-behaved when it decides, and cleans up after that for ever.
(func $decide_post (param i32)
    (loop $again (br $again))
    (unreachable))

;; Well-behaved when it describes itself, and cleans up after that for ever.
(func $describe_post (param i32)
    (loop $again (br $again))
    (unreachable))

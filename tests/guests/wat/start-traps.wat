;; Gives up when it is started.
(start $start)
(func $start (unreachable))

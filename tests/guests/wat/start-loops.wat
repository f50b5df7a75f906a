;; Never comes to an end with being started.
(start $start)
(func $start (loop $again (br $again)))

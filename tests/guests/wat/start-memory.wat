;; Takes all the memory there is when it is started.
(start $start)
(func $start (drop (memory.grow (i32.const 30000))))

;; Declares as many outcomes as a number can count.
(data (i32.const 336) "\ff\ff\ff\ff")

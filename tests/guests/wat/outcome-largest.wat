;; Answers the last outcome that a number can name.
(data (i32.const 648) "\ff\ff\ff\ff")

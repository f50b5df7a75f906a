;; Answers an error whose end can't be counted.
(data (i32.const 640) "\01\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff")

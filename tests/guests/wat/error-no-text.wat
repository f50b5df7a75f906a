;; Answers an error that is no UTF-8.
(data (i32.const 640) "\01\00\00\00\40\06\00\00\02\00\00\00")
(data (i32.const 1600) "\ff\fe")

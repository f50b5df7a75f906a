;; Answers an error of its own.
(data (i32.const 640) "\01\00\00\00\c0\01\00\00\0a\00\00\00")

;; Answers an error that says nothing.
(data (i32.const 640) "\01\00\00\00\c0\01\00\00\00\00\00\00")

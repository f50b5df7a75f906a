;; Answers that nothing at all is possible.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\40\06\00\00\00\00\00\00")

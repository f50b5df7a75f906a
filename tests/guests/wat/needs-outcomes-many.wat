;; Declares more outcomes than any rule has.
(memory $memory 5)
(data (i32.const 320) "\00\00\00\00\e0\01\00\00\01\00\00\00\00\00\01\00\01\10\00\00")

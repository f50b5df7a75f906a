;; As a rebate, declares more outcomes than any rule has.
(memory $memory 3)
(data (i32.const 376) "\00\00\00\00\e0\01\00\00\01\00\00\00\00\00\01\00\01\10\00\00")

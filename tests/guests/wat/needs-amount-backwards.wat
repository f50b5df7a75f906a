;; Declares an award from 9 to 2.
(data (i32.const 592) "\09\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00")

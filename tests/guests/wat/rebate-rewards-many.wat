;; As a rebate, declares an outcome of more rewards than there may be.
(memory $memory 2)
(data (i32.const 1312) "\00\00\01\00\11\00\00\00")

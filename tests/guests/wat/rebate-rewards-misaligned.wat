;; As a rebate, declares rewards at an address that none can have.
(data (i32.const 1312) "\41\05\00\00\01\00\00\00")

;; As a rebate, declares rewards that stand behind the end of its memory.
(data (i32.const 1312) "\f8\ff\00\00\01\00\00\00")

;; As a rebate, declares chances to be taken away.
(data (i32.const 1400) "\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")

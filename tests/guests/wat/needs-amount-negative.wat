;; Declares an award that a player would pay for.
(data (i32.const 592) "\f7\ff\ff\ff\ff\ff\ff\ff\fe\ff\ff\ff\ff\ff\ff\ff")

;; Asks for a fact whose name is no UTF-8.
(data (i32.const 1152) "\ff\fe")

;; Asks for a fact of a type that there is none of.
(data (i32.const 488) "\63\00\00\00")

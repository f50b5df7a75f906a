;; Declares as much memory as there can be.
(memory $memory 65536)

;; Declares that it never needs more memory than it has.
(memory $memory 1 1)

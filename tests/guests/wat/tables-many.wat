;; Has more tables than a rule may have.
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)

;; Holds a component that imports a function, and gives it none.
(component (component (import "read" (func))))

;; Holds a component.
(component (component))

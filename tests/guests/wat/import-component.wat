;; Imports a component.
(component (import "secret" (component)))

-- When an operator took back what an operator gave. Nothing may have been left of it, so that no row below zero need tell.
ALTER TABLE chance_grants ADD COLUMN voided_at INTEGER CHECK (voided_at IS NULL OR why = 'operator');

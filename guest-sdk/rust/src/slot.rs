//! Where a guest keeps its configured rule.
#![expect(unsafe_code, reason = "the library's cells for statics are a kilobyte of code in every guest")]

use core::cell::UnsafeCell;

/// A static that is filled once. It lies in linear memory, so it is part of the copy that the host makes.
#[derive(Debug)]
pub struct Slot<R>(UnsafeCell<Option<R>>);

// SAFETY: the slot is used by `export!` alone, which makes one in guests only, and a guest has one thread.
unsafe impl<R> Sync for Slot<R> {}

impl<R> Slot<R> {
    /// One that holds nothing.
    pub const fn empty() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// Keeps a rule; answers `false` and changes nothing where there is one.
    pub(crate) fn fill(&self, rule: R) -> bool {
        let empty = self.get().is_none();
        if empty {
            // SAFETY: while the slot is empty nobody holds a reference into it, and no other thread can take one.
            unsafe { *self.0.get() = Some(rule) };
        }
        empty
    }

    /// The rule that is kept.
    pub(crate) fn get(&self) -> Option<&R> {
        // SAFETY: once it is filled, nothing writes to the slot any more; before, there is nothing to refer to.
        unsafe { (*self.0.get()).as_ref() }
    }
}

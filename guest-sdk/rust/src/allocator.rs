//! The guest's allocator: a bump pointer over the memory that the module is born with.
//!
//! An instance dies after its call, so nothing is worth reclaiming. What matters is that a call takes no page fault and
//! no system call: allocations come out of the tail of the first page, which the host keeps resident, and only a config
//! too large for it makes the memory grow.
//!
//! The newest allocation can grow, shrink and be freed in place. A vector that is filled while nothing else is allocated
//! therefore takes exactly its size, however large it gets.
#![expect(unsafe_code, reason = "a global allocator hands out raw memory; this is the guest's only one")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

/// Bytes in a page of linear memory.
const PAGE: usize = 64 * 1024;

#[global_allocator]
static ALLOCATOR: Bump = Bump { next: Cell::new(0), end: Cell::new(0) };

/// The free memory is `next..end`, as addresses. Both are 0 until the first allocation.
struct Bump {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: a guest has one thread; the feature that would give it more is off in the host and in the target.
unsafe impl Sync for Bump {}

unsafe extern "C" {
    /// Placed by the linker behind stack and static data: the first address that nobody uses.
    static __heap_base: u8;
}

impl Bump {
    /// The address of `size` free bytes, which are taken from then on; `None` when the host grants no more memory.
    fn take(&self, size: usize, align: usize) -> Option<usize> {
        if self.end.get() == 0 {
            self.next.set((&raw const __heap_base).addr());
            self.end.set(memory_size(0) * PAGE);
        }
        let start = self.next.get().checked_next_multiple_of(align)?;
        let next = start.checked_add(size)?;
        if next > self.end.get() {
            self.grow(next)?;
        }
        self.next.set(next);
        Some(start)
    }

    /// Moves `end` to `next` at least. Nobody else grows the memory, so what is new follows on what is there.
    fn grow(&self, next: usize) -> Option<()> {
        let pages = (next - self.end.get()).div_ceil(PAGE);
        let refused = memory_grow(0, pages) == usize::MAX;
        self.end.set(memory_size(0) * PAGE);
        (!refused).then_some(())
    }

    fn is_newest(&self, start: *mut u8, size: usize) -> bool {
        start.addr() + size == self.next.get()
    }
}

// SAFETY: `take` hands out each address once, aligned and inside of the memory; only the newest allocation is ever
// moved back or resized in place, and it ends where the free memory begins.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align()).map_or(ptr::null_mut(), ptr::with_exposed_provenance_mut)
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        if self.is_newest(start, layout.size()) {
            self.next.set(start.addr());
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.is_newest(start, layout.size()) {
            self.next.set(start.addr());
        }
        let Some(moved) = self.take(size, layout.align()) else { return ptr::null_mut() };
        let moved = ptr::with_exposed_provenance_mut::<u8>(moved);
        if moved != start {
            // SAFETY: both ends hold that many bytes; they don't overlap, since `moved` was free until now.
            unsafe { ptr::copy_nonoverlapping(start, moved, layout.size().min(size)) };
        }
        moved
    }
}

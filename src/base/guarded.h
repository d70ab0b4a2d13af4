#pragma once
/// Data that can be reached only while its lock is held. clang checks it (-Wthread-safety); to others the words in
/// capitals mean nothing.

#include <mutex>
#include <utility>

#ifdef __clang__
#define OMNIWRITER_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define OMNIWRITER_THREAD_SAFETY(attribute)
#endif
#define CAPABILITY(name) OMNIWRITER_THREAD_SAFETY(capability(name))
#define SCOPED_CAPABILITY OMNIWRITER_THREAD_SAFETY(scoped_lockable)
#define ACQUIRE(...) OMNIWRITER_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define RELEASE(...) OMNIWRITER_THREAD_SAFETY(release_capability(__VA_ARGS__))
/// Of a member: only to be touched while that Mutex is held.
#define GUARDED_BY(mutex) OMNIWRITER_THREAD_SAFETY(guarded_by(mutex))
/// Of a function: only to be called while that Mutex is held.
#define REQUIRES(...) OMNIWRITER_THREAD_SAFETY(requires_capability(__VA_ARGS__))

namespace omniwriter {

/// For what Guarded does not fit: a condition that is waited for, members that one lock guards together.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex as long as it lives. A std::condition_variable_any can wait with it; what it waits for is a
/// `[&]() REQUIRES(mutex_) { … }`.
class SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() RELEASE() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// For the one who waits; held again in the end.
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  /// Runs `use` on the value with the lock held and returns what it returns.
  template <typename Use>
  decltype(auto) with(Use&& use) {
    const Lock lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

 private:
  Mutex mutex_;
  T value_ GUARDED_BY(mutex_){};
};

}  // namespace omniwriter

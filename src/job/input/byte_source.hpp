#pragma once

#include <cstddef>

namespace headway::job {

/// Bytes, one after the other. For one thread at a time.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Puts up to `room` bytes, at least one, at `to`; 0 only at the end. `room` is at least 16. Throws Error
  /// (`configuration`) that names the file: it cannot be read, is damaged, or is cut.
  virtual std::size_t read(char* to, std::size_t room) = 0;
};

}  // namespace headway::job

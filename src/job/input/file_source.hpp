#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "job/input/byte_source.hpp"

namespace headway::job {

/// A regular file, from its start.
class FileSource : public ByteSource {
 public:
  /// Throws Error (`configuration`) if it cannot be opened or is no regular file: an input is read more than once.
  /// `name`: what errors call it.
  FileSource(const std::filesystem::path& path, std::string name);
  ~FileSource() override;

  std::size_t read(char* to, std::size_t room) override;
  /// Its first bytes, `wanted` if it has as many. Takes nothing.
  std::string first_bytes(std::size_t wanted) const;

 private:
  [[noreturn]] void refuse(std::string_view what, int error) const;

  std::string name_;
  int fd_ = -1;
};

}  // namespace headway::job

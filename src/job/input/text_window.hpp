#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "job/input/byte_source.hpp"
#include "job/input/settings.hpp"

namespace headway::job {

/// The part of a text that is being looked at. It grows to hold what is not taken, and never shrinks.
class TextWindow {
 public:
  explicit TextWindow(std::unique_ptr<ByteSource> source);

  /// What was read and not taken. simdjson may read on behind it: there is padding. Valid until more().
  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Reads on. False at the end of the source.
  bool more();
  /// Drops the first `count` bytes of text().
  void take(std::size_t count) { begin_ += count; }
  /// Carriage returns become line feeds, in what was read and what will be.
  void end_lines_at_returns();

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool returns_end_lines_ = false;
};

/// Which of them end a line.
enum class LineBreaks { all, outside_quotes };

/// The input's text: unpacked, in UTF-8, behind its byte order mark. If its lines end in carriage returns alone, as of old
/// Macintosh files, these are line feeds. Throws Error (`configuration`) if it cannot be read, or begins with UTF-16's mark
/// and no encoding is set.
TextWindow open_text(const InputSettings& settings, LineBreaks breaks = LineBreaks::all);

}  // namespace headway::job

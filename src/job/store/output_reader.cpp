#include "job/store/output_reader.hpp"

#include <algorithm>

namespace headway::job {
namespace {

constexpr std::size_t piece = 1 << 20;
constexpr std::size_t longest_line = 512 << 20;  // beyond, the file is not ours

}  // namespace

std::optional<std::string_view> OutputReader::next() {
  auto length = length_of_line();
  while (length == std::string::npos && read_more()) length = length_of_line();
  closed_ = length != std::string::npos;
  if (!closed_ && form_ == LineForm::csv) length = std::string_view(buffer_).substr(used_).find('\n');
  return length == std::string::npos ? std::nullopt : given(length);
}

void OutputReader::go_back() {
  if (form_ != LineForm::csv) return;
  const auto begin = used_ - static_cast<std::size_t>(next_ - offset_);
  used_ = buffer_.find('\n', begin) + 1;
  next_ = offset_ + static_cast<std::int64_t>(used_ - begin);
}

std::optional<std::string_view> OutputReader::given(std::size_t length) {
  const auto line = std::string_view(buffer_).substr(used_, length);
  used_ += length + 1;
  offset_ = next_;
  next_ += static_cast<std::int64_t>(length) + 1;
  return line;
}

std::size_t OutputReader::length_of_line() {
  bool quoted = false;
  for (auto at = used_; (at = buffer_.find_first_of(form_ == LineForm::csv ? "\"\n" : "\n", at)) != buffer_.npos;
       ++at) {
    if (buffer_[at] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      return at - used_;
    }
  }
  return std::string::npos;
}

bool OutputReader::read_more() {
  if (buffer_.size() - used_ > longest_line) return false;
  buffer_.erase(0, used_);
  used_ = 0;
  std::string more(std::max(piece, buffer_.size()), '\0');
  file_->read(next_ + static_cast<std::int64_t>(buffer_.size()), more);
  buffer_ += more;
  return !more.empty();
}

}  // namespace headway::job

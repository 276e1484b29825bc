#include "job/input/encoding_source.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::job {
namespace {

class EncodingSource : public ByteSource {
 public:
  EncodingSource(std::unique_ptr<ByteSource> text, const std::string& encoding, std::string name)
      : text_(std::move(text)),
        encoding_(encoding),
        name_(std::move(name)),
        converter_(::iconv_open("UTF-8", encoding.c_str())) {
    if (!is_open()) {
      throw Error(ErrorKind::configuration,
                  fmt::format("unknown encoding {}; `iconv -l` lists those there are", encoding));
    }
  }
  ~EncodingSource() override {
    if (is_open()) ::iconv_close(converter_);
  }

  std::size_t read(char* to, std::size_t room) override {
    char* out = to;
    while (out == to && !flushed_) {
      if (needs_more_ && !fill()) {
        finish(out, room);
      } else {
        convert(to, out, room);
      }
    }
    line_ += static_cast<std::uint64_t>(std::count(to, out, '\n'));
    return static_cast<std::size_t>(out - to);
  }

 private:
  bool is_open() const { return reinterpret_cast<std::intptr_t>(converter_) != -1; }

  bool fill() {
    std::copy(buffer_.begin() + begin_, buffer_.begin() + end_, buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    const auto count = text_->read(buffer_.data() + end_, buffer_.size() - static_cast<std::size_t>(end_));
    end_ += static_cast<std::ptrdiff_t>(count);
    return count > 0;
  }

  void convert(const char* to, char*& out, std::size_t& room) {
    char* in = buffer_.data() + begin_;
    auto left = static_cast<std::size_t>(end_ - begin_);
    const auto result = ::iconv(converter_, &in, &left, &out, &room);
    const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
    begin_ = end_ - static_cast<std::ptrdiff_t>(left);
    needs_more_ = error == 0 || error == EINVAL;
    if (error == EILSEQ)
      refuse(line_ + static_cast<std::uint64_t>(std::count(to, static_cast<const char*>(out), '\n')));
  }

  // Some encodings keep back a character that the next one may change.
  void finish(char*& out, std::size_t& room) {
    if (begin_ != end_) refuse(line_);
    ::iconv(converter_, nullptr, nullptr, &out, &room);
    flushed_ = true;
  }

  [[noreturn]] void refuse(std::uint64_t line) const {
    throw Error(ErrorKind::configuration,
                fmt::format("{}:{}: not valid {}; is it in another encoding?", name_, line, encoding_));
  }

  std::unique_ptr<ByteSource> text_;
  std::string encoding_;
  std::string name_;
  iconv_t converter_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{64} << 10);
  std::ptrdiff_t begin_ = 0;  // of what is not converted yet
  std::ptrdiff_t end_ = 0;
  std::uint64_t line_ = 1;
  bool needs_more_ = true;
  bool flushed_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> utf8_of(std::unique_ptr<ByteSource> text, const std::string& encoding, std::string name) {
  return std::make_unique<EncodingSource>(std::move(text), encoding, std::move(name));
}

}  // namespace headway::job

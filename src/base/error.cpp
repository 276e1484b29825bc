#include <headway/error.hpp>

#include <array>
#include <cstddef>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <vector>

#include <boost/system/system_error.hpp>

#include <headway/outcome.hpp>

namespace headway {
namespace {

// Of the provider's words in what(); ErrorInfo has them all.
constexpr std::size_t max_quoted_bytes = 400;

bool said(std::string_view text, std::string_view words) {
  return text.find(words) != text.npos;
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool blank = byte <= ' ' || byte == 0x7f;
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string in_quotes(std::string_view words) {
  if (words.size() <= max_quoted_bytes) return '"' + std::string(words) + '"';
  auto end = max_quoted_bytes;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 character
  return '"' + std::string(words.substr(0, end)) + "...\"";
}

bool ends_a_sentence(std::string_view text) {
  return text.ends_with('.') || text.ends_with('?');
}

std::string kind_in_words(ErrorKind kind) {
  std::string words(to_string(kind));
  for (auto& c : words) {
    if (c == '_') c = ' ';
  }
  return words;
}

// "HTTP 429 from api.openai.com/v1/completions", or the half of it that `text` does not say.
std::string origin(const ErrorInfo& info, std::string_view text) {
  std::string words;
  if (info.status != 0 && !said(text, std::to_string(info.status))) words = "HTTP " + std::to_string(info.status);
  if (!info.endpoint.empty() && !said(text, info.endpoint)) {
    words += (words.empty() ? "at " : " from ") + info.endpoint;
  }
  return words;
}

std::vector<std::string> details(const ErrorInfo& info, std::string_view text) {
  std::vector<std::string> all;
  if (auto words = origin(info, text); !words.empty()) all.push_back(std::move(words));
  if (!info.provider_code.empty() && !said(text, info.provider_code)) all.emplace_back("code " + info.provider_code);
  if (!info.request_id.empty() && !said(text, info.request_id)) all.push_back("request " + info.request_id);
  if (info.attempts > 1) all.push_back("after " + std::to_string(info.attempts) + " attempts");
  if (info.maybe_billed) all.push_back("it may have been billed");
  return all;
}

std::string compose(const ErrorInfo& info) {
  const auto message = info.message.empty() ? kind_in_words(info.kind) : one_line(info.message);
  auto text = message;
  const auto provider = one_line(info.provider_message);
  if (!provider.empty() && !said(text, provider)) text += (ends_a_sentence(text) ? " " : ": ") + in_quotes(provider);
  auto separator = " (";
  for (const auto& detail : details(info, message)) {
    text += separator + one_line(detail);
    separator = ", ";
  }
  if (*separator == ',') text += ')';
  return text;
}

ErrorInfo with_cause(ErrorKind kind, std::string message, const std::exception_ptr& cause) {
  ErrorInfo info;
  info.kind = kind;
  info.message = std::move(message);
  info.cause = cause;
  return info;
}

template <class SystemError>
ErrorInfo from_system_error(const SystemError& error, bool cancelled, const std::exception_ptr& cause) {
  if (cancelled) return with_cause(ErrorKind::cancelled, "the operation was cancelled", cause);
  return with_cause(ErrorKind::exception, error.what(), cause);
}

ErrorInfo from_foreign(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& e) {
    return from_system_error(e, e.code() == boost::system::errc::operation_canceled, thrown);
  } catch (const std::system_error& e) {
    return from_system_error(e, e.code() == std::errc::operation_canceled, thrown);
  } catch (const std::exception& e) {
    return with_cause(ErrorKind::exception, e.what(), thrown);
  } catch (...) {
    return with_cause(ErrorKind::exception, "an exception that is not a std::exception", thrown);
  }
}

constexpr std::array kind_names = std::to_array<std::string_view>({
    "configuration",      "authentication", "permission", "not_found", "bad_request", "rate_limited",
    "quota_exhausted",    "server",         "connect",    "dns",       "tls",         "connect_timeout",
    "first_byte_timeout", "idle_timeout",   "timeout",    "deadline",  "protocol",    "incomplete",
    "cancelled",          "exception",
});
static_assert(kind_names.size() == static_cast<std::size_t>(ErrorKind::exception) + 1);

}  // namespace

std::string_view to_string(ErrorKind kind) noexcept {
  const auto index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : "unknown";
}

struct Error::Record {
  explicit Record(ErrorInfo info_) : info(std::move(info_)), what(compose(info)) {}

  ErrorInfo info;
  std::string what;
};

Error::Error(ErrorKind kind, std::string message) : Error(with_cause(kind, std::move(message), nullptr)) {}
Error::Error(ErrorInfo info) : record_(std::make_shared<const Record>(std::move(info))) {}
Error::Error(const std::exception_ptr& thrown) : record_(record_of(thrown)) {}
Error::~Error() = default;

std::shared_ptr<const Error::Record> Error::record_of(const std::exception_ptr& thrown) {
  if (!thrown) {
    return std::make_shared<const Record>(with_cause(ErrorKind::exception, "an unknown failure", nullptr));
  }
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    if (typeid(error) == typeid(Error)) return error.record_;
    auto info = error.info();
    info.cause = thrown;
    return std::make_shared<const Record>(std::move(info));
  } catch (...) {
    return std::make_shared<const Record>(from_foreign(thrown));
  }
}

const char* Error::what() const noexcept {
  return record_->what.c_str();
}
const ErrorInfo& Error::info() const noexcept {
  return record_->info;
}

void Error::raise() const {
  if (cause()) std::rethrow_exception(cause());
  throw *this;
}

namespace detail {

const Error& never_ran() {
  static const Error error(ErrorKind::cancelled, "the call never ran");
  return error;
}

}  // namespace detail
}  // namespace headway

#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <headway/stage_times.hpp>

namespace headway {

/// What went wrong, to be switched on. The comment says what to do about it.
enum class ErrorKind {
  configuration,       ///< nothing was sent: a missing key, a bad URL, a misuse. Mend the program or its settings
  authentication,      ///< 401: the key is wrong. Retrying will not help
  permission,          ///< 403: the key may not do this
  not_found,           ///< 404: no such model or path
  bad_request,         ///< 400, 413, 422 and other 4xx: the request itself is refused
  rate_limited,        ///< 429: too fast. Was retried; slow down or try later
  quota_exhausted,     ///< the account has no money or credit left. Retrying will not help
  server,              ///< 408, 409, 5xx: the server failed. Was retried
  connect,             ///< no connection: refused, unreachable, reset before the request was sent
  dns,                 ///< the host's name could not be resolved
  tls,                 ///< the certificate or the handshake was refused
  connect_timeout,     ///< no connection within `Timeouts::connect`
  first_byte_timeout,  ///< no byte of an answer within `Timeouts::first_byte`
  idle_timeout,        ///< the answer stood still for `Timeouts::idle`
  timeout,             ///< one attempt took longer than `Timeouts::total`
  deadline,            ///< the whole call, retries and waits included, took longer than its deadline
  protocol,            ///< what came back is not HTTP, not the JSON it should be, too large, or a redirect
  incomplete,          ///< the answer ended before its end
  cancelled,           ///< the caller, or the end of the client, cancelled it
  exception,           ///< not headway's: what the caller's own code threw; `Error::cause()` holds it
};

/// The kind's name as it is written above, e.g. "rate_limited". Never empty.
std::string_view to_string(ErrorKind kind) noexcept;

/// All that is known of a failure. Empty strings and zeros mean "not known" or "does not apply".
struct ErrorInfo {
  ErrorInfo() {}

  ErrorKind kind = ErrorKind::configuration;
  std::string message;           ///< one sentence: what, and what to do
  std::string provider_message;  ///< the provider's own words, with the key and the prompt blacked out
  std::string provider_type;     ///< its `error.type`
  std::string provider_code;     ///< its `error.code`
  std::string request_id;        ///< its `x-request-id`: what its support asks for
  std::string endpoint;          ///< host, port and path that were called
  int status = 0;                ///< HTTP status; 0: no answer came
  int attempts = 0;              ///< requests sent or tried to send
  bool maybe_billed = false;     ///< the request reached the server and no answer was had: it may have been paid for
  StageTimes times;
  std::exception_ptr cause;      ///< only for ErrorKind::exception
};

/// The one exception of headway, and the error half of Outcome. `what()` is one line for people and has neither the
/// key nor the prompt. Cheap to copy; copies share their record, which never changes, so it is thread-safe.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);
  explicit Error(ErrorInfo info);
  /// Wraps any exception: a headway::Error stays itself, all else becomes ErrorKind::exception.
  explicit Error(std::exception_ptr thrown);

  const char* what() const noexcept override;
  ErrorKind kind() const noexcept { return info().kind; }
  const ErrorInfo& info() const noexcept;
  /// The exception this was made from; null unless kind() is ErrorKind::exception.
  std::exception_ptr cause() const noexcept { return info().cause; }
  /// Throws what this stands for: the cause if there is one, else *this.
  [[noreturn]] void raise() const;

 private:
  struct Record;
  std::shared_ptr<const Record> record_;
};

}  // namespace headway

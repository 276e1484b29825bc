#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway::wire {

/// The fields of a user's `extra_body`, their values byte for byte but for the white space between tokens:
/// numbers are neither rounded nor rewritten.
class ExtraBody {
 public:
  struct Field {
    Field(std::string name_, std::string_view json_) : name(std::move(name_)), json(json_) {}

    std::string name;       ///< unescaped
    std::string_view json;  ///< name, colon and value as they stand in JSON
  };

  /// Empty: no fields. Throws Error (`configuration`) if it is not a JSON object: says where, never what.
  /// Of a name that stands twice, the last counts.
  explicit ExtraBody(const std::string& json);
  ExtraBody(const ExtraBody&) = delete;
  ExtraBody& operator=(const ExtraBody&) = delete;
  ~ExtraBody() = default;

  bool has(std::string_view name) const noexcept;
  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }

 private:
  void read_fields();

  std::string json_;  ///< what the fields look into
  std::vector<Field> fields_;
};

/// One object with the fields of both; those of `over` win. If one is empty it is the other, not looked at.
/// Throws Error (`configuration`).
std::string merged_extra_body(const std::string& under, const std::string& over);

}  // namespace headway::wire

require "logger"
require "active_record/railtie"

# An application with nothing but a database.
class Shop < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "none"
end

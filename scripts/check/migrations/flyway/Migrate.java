import org.flywaydb.core.Flyway;

/** What the image `flyway/flyway` does with the same variables and files. */
class Migrate {
  public static void main(String[] arguments) {
    Flyway.configure().envVars().locations("filesystem:db/migrations").load().migrate();
  }
}

import java.sql.DriverManager;

/** Asks the database one question. */
class WithJdbc {
  public static void main(String[] arguments) throws Exception {
    try (var connection = DriverManager.getConnection(System.getenv("JDBC_URL"));
        var rows = connection.createStatement().executeQuery(System.getenv("QUESTION"))) {
      rows.next();
      System.out.println(rows.getString(1));
    }
  }
}

package dev.assay.protocol.replay;

import dev.assay.protocol.replay.Tensor.Floats;
import dev.assay.protocol.replay.Tensor.Longs;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the part of an ONNX file that {@link Operator} can run: one graph, its nodes in an order in
 * which they can be run, and its weights. The fields' numbers are those of {@code onnx.proto3}.
 */
final class OnnxFile {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  private OnnxFile() {}

  /**
   * @param weights and other constants by name
   * @param inputs names of what a caller gives
   * @param output name of what comes out
   */
  record Graph(List<Node> nodes, Map<String, Tensor> weights, List<String> inputs, String output) {}

  record Node(
      String operator, List<String> inputs, List<String> outputs, Map<String, Object> attributes) {
    /** An attribute that is a whole number. */
    int number(String name, int otherwise) {
      return attributes.get(name) instanceof Long number ? Math.toIntExact(number) : otherwise;
    }

    /** An attribute that is a list of whole numbers; empty if there is none. */
    int[] numbers(String name) {
      return attributes.get(name) instanceof long[] numbers
          ? Arrays.stream(numbers).mapToInt(Math::toIntExact).toArray()
          : new int[0];
    }
  }

  /**
   * @throws IllegalArgumentException if it is none, or uses what cannot be run
   */
  static Graph read(ByteBuffer file) {
    try {
      List<Graph> graphs = new ArrayList<>();
      forEach(
          file.duplicate().order(ByteOrder.LITTLE_ENDIAN),
          field -> {
            if (field.number == 7) {
              graphs.add(graph(field.bytes));
            }
          });
      if (graphs.size() != 1) {
        throw new IllegalArgumentException("An ONNX model has one graph.");
      }
      return graphs.getFirst();
    } catch (BufferUnderflowException | ArithmeticException e) {
      throw new IllegalArgumentException("The ONNX file ends in the middle.", e);
    }
  }

  private static Graph graph(ByteBuffer message) {
    List<Node> nodes = new ArrayList<>();
    Map<String, Tensor> weights = new HashMap<>();
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    forEach(
        message,
        field -> {
          switch (field.number) {
            case 1 -> nodes.add(node(field.bytes));
            case 5 -> {
              Named named = tensor(field.bytes);
              weights.put(named.name, named.tensor);
            }
            case 11 -> inputs.add(name(field.bytes));
            case 12 -> outputs.add(name(field.bytes));
            case 15 -> throw new IllegalArgumentException("Sparse weights cannot be run.");
            default -> {}
          }
        });
    if (outputs.isEmpty()) {
      throw new IllegalArgumentException("The graph has no output.");
    }
    inputs.removeAll(weights.keySet());
    return new Graph(
        List.copyOf(nodes), Map.copyOf(weights), List.copyOf(inputs), outputs.getFirst());
  }

  private static Node node(ByteBuffer message) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, Object> attributes = new HashMap<>();
    String[] operator = {""};
    forEach(
        message,
        field -> {
          switch (field.number) {
            case 1 -> inputs.add(field.text());
            case 2 -> outputs.add(field.text());
            case 4 -> operator[0] = field.text();
            case 5 -> attribute(field.bytes, attributes);
            default -> {}
          }
        });
    return new Node(operator[0], List.copyOf(inputs), List.copyOf(outputs), Map.copyOf(attributes));
  }

  private static void attribute(ByteBuffer message, Map<String, Object> into) {
    String[] name = {""};
    List<Object> values = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    forEach(
        message,
        field -> {
          switch (field.number) {
            case 1 -> name[0] = field.text();
            case 3 -> values.add(field.varint);
            case 5 -> values.add(tensor(field.bytes).tensor);
            case 8 -> field.addVarints(numbers);
            default -> {}
          }
        });
    if (!numbers.isEmpty()) {
      into.put(name[0], numbers.stream().mapToLong(Long::longValue).toArray());
    } else if (!values.isEmpty()) {
      into.put(name[0], values.getFirst());
    }
  }

  private record Named(String name, Tensor tensor) {}

  private static Named tensor(ByteBuffer message) {
    List<Long> dimensions = new ArrayList<>();
    long[] type = {0};
    String[] name = {""};
    ByteBuffer[] raw = {ByteBuffer.allocate(0)};
    forEach(
        message,
        field -> {
          switch (field.number) {
            case 1 -> field.addVarints(dimensions);
            case 2 -> type[0] = field.varint;
            case 4, 5, 6, 7, 10, 11, 13 ->
                throw new IllegalArgumentException("Weights are raw bytes in this file.");
            case 8 -> name[0] = field.text();
            case 9 -> raw[0] = field.bytes;
            default -> {}
          }
        });
    int[] shape = dimensions.stream().mapToInt(Math::toIntExact).toArray();
    int size = Tensor.size(shape);
    if (type[0] == FLOAT && raw[0].remaining() == 4L * size) {
      float[] numbers = new float[size];
      raw[0].asFloatBuffer().get(numbers);
      return new Named(name[0], new Floats(shape, numbers));
    }
    if (type[0] == INT64 && raw[0].remaining() == 8L * size) {
      long[] numbers = new long[size];
      raw[0].asLongBuffer().get(numbers);
      return new Named(name[0], new Longs(shape, numbers));
    }
    throw new IllegalArgumentException(
        "The weights %s are no 32-bit floats or 64-bit integers of their shape."
            .formatted(name[0]));
  }

  /** Of a {@code ValueInfoProto}. */
  private static String name(ByteBuffer message) {
    String[] name = {""};
    forEach(
        message,
        field -> {
          if (field.number == 1) {
            name[0] = field.text();
          }
        });
    return name[0];
  }

  // --- Protocol Buffers' wire format -----------------------------------------------------------

  private interface Reader {
    void read(Field field);
  }

  /**
   * @param bytes of a field with a length; empty else
   * @param varint value of a field without
   */
  private record Field(int number, ByteBuffer bytes, long varint) {
    String text() {
      return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    /** A repeated number, packed or one a field. */
    void addVarints(List<Long> numbers) {
      if (!bytes.hasRemaining()) {
        numbers.add(varint);
      }
      while (bytes.hasRemaining()) {
        numbers.add(OnnxFile.varint(bytes));
      }
    }
  }

  private static void forEach(ByteBuffer message, Reader reader) {
    ByteBuffer empty = ByteBuffer.allocate(0);
    while (message.hasRemaining()) {
      long key = varint(message);
      int number = (int) (key >>> 3);
      switch ((int) key & 7) {
        case 0 -> reader.read(new Field(number, empty, varint(message)));
        case 1 -> reader.read(new Field(number, empty, message.getLong()));
        case 2 -> {
          long length = varint(message);
          if (length < 0 || length > message.remaining()) {
            throw new BufferUnderflowException();
          }
          int end = message.position() + (int) length;
          ByteBuffer bytes =
              message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
          message.position(end);
          reader.read(new Field(number, bytes, 0));
        }
        case 5 -> reader.read(new Field(number, empty, message.getInt()));
        default -> throw new IllegalArgumentException("This is no Protocol Buffers message.");
      }
    }
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte part = bytes.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("This is no Protocol Buffers message.");
  }
}

using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Recording;

/// <summary>
/// Definitions drawn by reflection, so that a property that is new in the model is drawn, compared
/// and missed by itself.
/// </summary>
internal sealed class DefinitionMaker(int seed)
{
    private static readonly string[] Words =
        ["", "a", "/etc/initx/system/a.service", "ä ☃ \u0001", "x=y z", "replace"];

    private static readonly string[] Names =
        ["a.service", "b@i.service", "c.socket", "d.target", "e.timer", "f-g.slice"];

    private readonly Random _random = new(seed);
    private readonly NullabilityInfoContext _nulls = new();

    /// <summary>The types that a definition is made of, itself first.</summary>
    public static IReadOnlyList<Type> Types { get; } = Reachable();

    /// <summary>The properties that hold something, in the order of declaration.</summary>
    public static IEnumerable<PropertyInfo> Held(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.CanWrite && p.GetIndexParameters().Length == 0);

    public UnitDefinition Definition()
    {
        var unit = (UnitDefinition)Value(typeof(UnitDefinition), canBeNull: false)!;
        return unit.Name.Kind == UnitKind.Socket && unit.Socket is null
            ? unit with { Socket = new SocketSettings() }
            : unit;
    }

    /// <summary>A value of a property; one that differs from <paramref name="other"/>.</summary>
    public object Other(PropertyInfo property, object? other)
    {
        for (int i = 0; i < 1000; i++)
        {
            if (Value(property.PropertyType, canBeNull: false) is { } value
                && Text(value) != Text(other))
                return value;
        }

        throw new InvalidOperationException($"no other value for {property}");
    }

    /// <summary>Everything that a value holds, in words.</summary>
    public static string Text(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').Append(s).Append('"');
                break;
            case UnitName name:
                text.Append(name.Value).Append('/').Append(name.Kind);
                break;
            case IEnumerable list:
                text.Append('[');
                foreach (object? item in list)
                {
                    Append(text, item);
                    text.Append(", ");
                }

                text.Append(']');
                break;
            case IFormattable plain:
                text.Append(plain.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag);
                break;
            default:
                AppendRecord(text, value);
                break;
        }
    }

    private static void AppendRecord(StringBuilder text, object value)
    {
        Type type = value.GetType();
        text.Append(type.Name).Append('{');
        IEnumerable<PropertyInfo> properties = IsPair(type) ? type.GetProperties() : Held(type);
        foreach (PropertyInfo property in properties)
        {
            text.Append(property.Name).Append('=');
            Append(text, property.GetValue(value));
            text.Append("; ");
        }

        text.Append('}');
    }

    private object? Value(Type type, bool canBeNull)
    {
        if (canBeNull && _random.Next(2) == 0)
            return null;
        if (Nullable.GetUnderlyingType(type) is { } plain)
            return _random.Next(3) == 0 ? null : Value(plain, canBeNull: false);
        if (type == typeof(string))
            return Words[_random.Next(Words.Length)];
        if (type == typeof(UnitName))
            return UnitName.Parse(Names[_random.Next(Names.Length)]);
        if (type == typeof(bool))
            return _random.Next(2) == 0;
        if (type == typeof(int))
            return _random.Next(4) switch { 0 => int.MaxValue, 1 => -1, _ => _random.Next(5000) };
        if (type == typeof(long))
            return _random.Next(3) switch { 0 => long.MaxValue, 1 => -1L, _ => 1L << 40 };
        if (type == typeof(ulong))
            return _random.Next(3) == 0 ? ulong.MaxValue : (ulong)_random.NextInt64();
        if (type.IsEnum)
            return Drawn(type);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            ? List(type.GetGenericArguments()[0])
            : Record(type);
    }

    private object Drawn(Type type)
    {
        Array values = Enum.GetValues(type);
        object value = values.GetValue(_random.Next(values.Length))!;
        return type.GetCustomAttribute<FlagsAttribute>() is null
            ? value
            : Enum.ToObject(type, Convert.ToInt32(value, CultureInfo.InvariantCulture)
                | Convert.ToInt32(values.GetValue(1)!, CultureInfo.InvariantCulture));
    }

    private Array List(Type item)
    {
        var list = Array.CreateInstance(item, _random.Next(3));
        for (int i = 0; i < list.Length; i++)
            list.SetValue(Value(item, canBeNull: false), i);
        return list;
    }

    private object Record(Type type)
    {
        ConstructorInfo made = type.GetConstructors().OrderBy(c => c.GetParameters().Length).Last();
        object record = made.Invoke([.. made.GetParameters().Select(p => Value(p.ParameterType,
            !IsPair(type) && _nulls.Create(p).WriteState == NullabilityState.Nullable))]);
        if (IsPair(type))
            return record;
        foreach (PropertyInfo property in Held(type))
        {
            bool canBeNull = _nulls.Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(record, Value(property.PropertyType, canBeNull));
        }

        return record;
    }

    private static bool IsPair(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static List<Type> Reachable()
    {
        List<Type> types = [typeof(UnitDefinition)];
        for (int i = 0; i < types.Count; i++)
        {
            foreach (PropertyInfo property in Held(types[i]))
            {
                Type type = property.PropertyType;
                if (type.IsGenericType && !IsPair(type))
                    type = type.GetGenericArguments()[0];
                if (type.Namespace == typeof(UnitDefinition).Namespace && !type.IsEnum
                    && type != typeof(UnitName) && !types.Contains(type))
                    types.Add(type);
            }
        }

        return types;
    }
}
